"""Where agendas and rosters are kept, and what is read off them."""
