"""`mesh check`: the mesh as a typed program, with findings for people and for machines."""
