"""Which entry of escalc is which call of ours, a family of measures in a file."""
