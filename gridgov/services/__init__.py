"""One business act per function; opens no transaction, knows no HTTP."""
