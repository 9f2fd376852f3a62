"""Nothing from outside, and nothing of other tests' meshes."""

from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401
