import HeedText
import Testing
