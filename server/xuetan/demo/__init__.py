"""The demo: the whole product on one machine, with people and a history that was really written by phones."""
