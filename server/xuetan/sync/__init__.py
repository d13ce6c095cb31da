"""The phones' gateway: the exchange over HTTP. What is kept and what it means is the event log's matter."""
