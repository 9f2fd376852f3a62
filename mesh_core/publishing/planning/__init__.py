"""What there is to do: which assets are not as their code, contract, inputs and sources would make them."""
