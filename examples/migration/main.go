// Command migration does one job twice: with make, new, sync.Pool and a channel,
// and with memkit. docs/migration.md walks through the difference.
//
//	go run ./examples/migration
package main

import (
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	plain := before()
	s, got, err := after()
	if err != nil {
		return err
	}
	if got != plain {
		return fmt.Errorf("the two differ: %v before, %v after", plain, got)
	}
	fmt.Fprintf(out, "both worlds sum to %v\nframe %d: %d bytes in %d allocations\n", got, s.Frame, s.Bytes, s.Allocs)
	return nil
}
