"""What an event is: the structs, and everything that is derived from them."""
