// What a call of C costs from Go: the fastest batch, as in Tollgate's meter, and the result of Go's own benchmarks.
package main

/*
#include <stdint.h>
static __attribute__((noinline)) int64_t add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
*/
import "C"

import (
	"fmt"
	"testing"
	"time"
)

//go:noinline
func add(a, b int64) int64 { return a + b }

// fastest returns the nanoseconds per call in the fastest of 200 batches of 50 to 100 microseconds.
func fastest(calls func(n int)) float64 {
	n := 1
	for {
		start := time.Now()
		calls(n)
		if time.Since(start) >= 50*time.Microsecond {
			break
		}
		n *= 2
	}
	least := 1e18
	for batch := 0; batch < 200; batch++ {
		start := time.Now()
		calls(n)
		if each := float64(time.Since(start).Nanoseconds()) / float64(n); each < least {
			least = each
		}
	}
	return least
}

func report(name string, calls func(n int)) {
	least := fastest(calls)
	result := testing.Benchmark(func(b *testing.B) { calls(b.N) })
	fmt.Printf("%s\t%f\t%f\n", name, least, float64(result.T.Nanoseconds())/float64(result.N))
}

func main() {
	x := C.int64_t(1)
	report("add, C by cgo", func(n int) {
		for i := 0; i < n; i++ {
			x = C.add(x, 1)
		}
	})
	y := int64(1)
	report("add, Go, not inlined", func(n int) {
		for i := 0; i < n; i++ {
			y = add(y, 1)
		}
	})
	if x == 1 || y == 1 {
		panic("nothing was added")
	}
}
