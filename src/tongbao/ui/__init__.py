"""What every page shares: base templates, form fields, tags, charts, sentences, error pages, preferences."""
