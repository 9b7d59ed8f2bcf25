"""The doctor: looks at everything in a configuration directory, says what is wrong, and mends what is safe.

Looking, judging and mending are apart: :mod:`~everseal.store.doctor.observe` reads, the modules named after
what they judge change nothing, :mod:`~everseal.store.doctor.mending` writes, under the store's locks.
"""
