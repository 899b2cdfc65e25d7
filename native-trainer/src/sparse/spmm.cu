// Sparse times dense. One warp a row of the result, one lane a column or two: a warp reads a row of the dense factor in
// one or two transactions, no two threads write the same number, and every sum has the order of the entries, so there
// are no atomics and two runs give the same bytes.

#define ABSENT 0xffffffffu
#define WARP 32

// out[i] = sum of values[e] xs[columns[e]] over the entries e of row i.
// rows: null, or the rows of the matrix that are wanted, in order.
// slots: null, or for every column of the matrix its row in xs, ABSENT for a column that takes no part.
extern "C" __global__ void multiply(const unsigned n_out, const unsigned dim, const unsigned *__restrict__ offsets,
                                    const unsigned *__restrict__ columns, const float *__restrict__ values,
                                    const unsigned *__restrict__ rows, const unsigned *__restrict__ slots,
                                    const float *__restrict__ xs, float *__restrict__ out) {
  const unsigned i = blockIdx.x * blockDim.y + threadIdx.y;
  if (i >= n_out) return;
  const unsigned row = rows ? rows[i] : i;
  const unsigned begin = offsets[row], end = offsets[row + 1];
  for (unsigned column = threadIdx.x; column < dim; column += 2 * WARP) {
    const bool two = column + WARP < dim;
    float sum = 0.0f, second = 0.0f;
    for (unsigned e = begin; e < end; ++e) {
      const unsigned slot = slots ? slots[columns[e]] : columns[e];
      if (slot == ABSENT) continue;
      const float *x = xs + (size_t)slot * dim + column;
      sum += values[e] * x[0];
      if (two) second += values[e] * x[WARP];
    }
    float *y = out + (size_t)i * dim + column;
    y[0] = sum;
    if (two) y[WARP] = second;
  }
}

// out[i][columns[e]] = values[e] scale[columns[e]] over the entries e of row i; the rest of out is zero already.
extern "C" __global__ void scale_columns(const unsigned n_rows, const unsigned n_columns,
                                         const unsigned *__restrict__ offsets, const unsigned *__restrict__ columns,
                                         const float *__restrict__ values, const float *__restrict__ scale,
                                         float *__restrict__ out) {
  const unsigned i = blockIdx.x * blockDim.y + threadIdx.y;
  if (i >= n_rows) return;
  for (unsigned e = offsets[i] + threadIdx.x; e < offsets[i + 1]; e += WARP) {
    out[(size_t)i * n_columns + columns[e]] = values[e] * scale[columns[e]];
  }
}

// out[i] = the largest of values[e] over the entries e of row i; 0 for a row without entries.
extern "C" __global__ void row_max(const unsigned n_rows, const unsigned *__restrict__ offsets,
                                   const float *__restrict__ values, float *__restrict__ out) {
  const unsigned i = blockIdx.x * blockDim.y + threadIdx.y;
  if (i >= n_rows) return;
  const unsigned begin = offsets[i], end = offsets[i + 1];
  float largest = __int_as_float(0xff800000);  // -infinity; NVRTC has no macro for it
  for (unsigned e = begin + threadIdx.x; e < end; e += WARP) largest = fmaxf(largest, values[e]);
  for (unsigned apart = WARP / 2; apart > 0; apart /= 2) {
    largest = fmaxf(largest, __shfl_down_sync(0xffffffffu, largest, apart));
  }
  if (threadIdx.x == 0) out[i] = begin < end ? largest : 0.0f;
}
