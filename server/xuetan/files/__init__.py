"""Photos and recordings that phones bring: private bytes of one scope, named by their SHA-256."""
