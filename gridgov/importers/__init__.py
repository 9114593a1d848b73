"""Files from elsewhere, read line by line, refused with a reason."""
