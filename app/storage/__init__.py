"""Files kept outside the database (rendered documents, logos, attachments), behind `base.Storage`."""
