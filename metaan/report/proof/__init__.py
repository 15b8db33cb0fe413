"""What a report was made from and whether it can be made again."""
