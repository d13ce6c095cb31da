"""The console: pages for staff, made on the server. One module per screen, its template beside in `templates/`."""
