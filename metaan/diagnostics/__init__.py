"""What a fit hangs on: its studies left out, added one by one, and looked at singly.

It may import every model room below it; it knows no data files, no pandas and no plots.
"""
