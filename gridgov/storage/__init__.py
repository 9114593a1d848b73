"""Tables and SQL. Only session.py commits."""
