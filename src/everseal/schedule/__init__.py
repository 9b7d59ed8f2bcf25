"""What starts renewals: hardened systemd units, or a cron job."""
