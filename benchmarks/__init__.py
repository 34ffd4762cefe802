"""`make bench`: what each page costs, on made-up books of a known size, with the server as it ships."""
