"""What readers see: whole versions that passed the gate, replaced atomically."""
