"""The small package that makes the site honest."""
