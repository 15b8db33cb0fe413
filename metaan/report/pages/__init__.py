"""The content as one self-contained page of HTML."""
