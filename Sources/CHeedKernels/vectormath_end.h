// Takes away the names that vectormath.h gives.

#undef vf
#undef vi
#undef vf_anywhere
#undef v_set
#undef v_load
#undef v_store
#undef v_load_first
#undef v_store_first
#undef v_fma
#undef v_max
#undef v_min
#undef v_abs
#undef v_copysign
#undef v_any
#undef v_sum
#undef v_largest
#undef v_as_int
#undef v_as_float
#undef v_exp
#undef v_tanh
#undef v_erf
#undef v_sigmoid
#undef v_activate
