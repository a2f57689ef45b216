"""What outlives a request: runs, leases, states, browser sessions. The only place, with practice, that knows the database."""
