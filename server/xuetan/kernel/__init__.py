"""What every domain stands on: clock, ids, database, errors, events, jobs, signing, storage, text. Knows no domain
word."""
