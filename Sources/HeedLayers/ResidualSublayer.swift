import HeedTensor

/// The residual connection round a sublayer, with its norm and its dropout (sections 3.1 and 5.4 of the paper).
///
/// Written once, for every block and both placements of the norm.
struct ResidualSublayer {
  let norm: Norm
  let placement: NormPlacement
  let dropout: Float

  func callAsFunction(
    _ input: Tensor, _ context: inout ForwardContext, sublayer: (Tensor, inout ForwardContext) -> Tensor
  ) -> Tensor {
    switch placement {
    case .before:
      let output = sublayer(norm(input), &context)
      return input.adding(output, dropout: context.dropout(dropout))
    case .after:
      let output = sublayer(input, &context)
      return norm(input, adding: output, dropout: context.dropout(dropout))
    }
  }
}
