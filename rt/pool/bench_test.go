package pool

import "testing"

type block64 [64]byte

func BenchmarkLocal(b *testing.B) {
	for _, c := range []struct {
		name string
		make func([]byte, int) (*Local[block64], error)
	}{{"zeroed64", NewLocal[block64]}, {"uninit64", NewLocalUninit[block64]}} {
		b.Run(c.name, func(b *testing.B) {
			p, err := c.make(make([]byte, LocalSize[block64](1024)), 1024)
			if err != nil {
				b.Fatal(err)
			}
			for range b.N {
				if p.Put(p.Get()) != nil {
					b.Fatal("put refused")
				}
			}
		})
	}
}

func BenchmarkFrame(b *testing.B) {
	f, err := NewFrame(make([]byte, 1<<20))
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		if f.AllocUninit(1024, 16) == nil {
			f.Reset()
		}
	}
}

func BenchmarkShared(b *testing.B) {
	p, err := NewShared[block64](make([]byte, SharedSize[block64](1024)), 1024)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("alone", func(b *testing.B) {
		for range b.N {
			if p.Put(p.Get()) != nil {
				b.Fatal("put refused")
			}
		}
	})
	b.Run("contended", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if p.Put(p.Get()) != nil {
					b.Fatal("put refused")
				}
			}
		})
	})
}

func BenchmarkHandles(b *testing.B) {
	p, err := NewHandles[block64](make([]byte, HandlesSize[block64](1024)), 1024)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("pair", func(b *testing.B) {
		for range b.N {
			h, _ := p.Get()
			if p.Put(h) != nil {
				b.Fatal("put refused")
			}
		}
	})
	b.Run("at", func(b *testing.B) {
		h, _ := p.Get()
		for range b.N {
			p.At(h)[3]++
		}
	})
}

func BenchmarkClasses(b *testing.B) {
	classes := []Class{{16, 64}, {48, 64}, {256, 64}, {4096, 64}}
	c, err := NewClasses(make([]byte, ClassesSize(classes)), classes)
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		if c.Free(c.AllocUninit(200)) != nil {
			b.Fatal("free refused")
		}
	}
}
