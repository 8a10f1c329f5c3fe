// Placeholder
import CHeedKernels
