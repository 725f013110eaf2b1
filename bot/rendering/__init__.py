"""What people read: pages, the sources footer, and every sentence of our own. Pure."""
