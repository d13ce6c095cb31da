"""Notifications: the inbox always, and a push to the phone where there is one."""
