"""What single studies do: one left out, small studies."""
