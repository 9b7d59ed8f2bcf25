"""Every option once, where its value comes from, and the renewal file that keeps it."""
