"""The timetable: what runs without anybody asking."""
