"""Looking for real whether an applicant controls an identifier, and whether CAA lets this CA issue."""
