"""Who there is and what they may do: organisations, people, roles, sign-in, devices."""
