"""What teachers did, wrote and answered, as projections of the event log."""
