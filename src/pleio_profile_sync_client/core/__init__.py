"""The pure core: from two lists of people to a plan, its fuses and its outcomes. No I/O, no clock, no logging."""
