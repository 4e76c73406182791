// A program with an isolate, which the tests of package isolate run in every way that
// a user may: it prints what its child answers.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/memkit-go/memkit/rt/isolate"
)

var (
	answer = isolate.NewCell[int64]("answer")
	double = isolate.Entry("double", func(c *isolate.Child) error {
		out, err := answer.Writer(c)
		if err != nil {
			return err
		}
		out.Store(int64(2 * len(c.Args)))
		return nil
	})
)

func run() (int64, error) {
	i, err := isolate.Start(context.Background(), double, isolate.Config{Args: []string{"-test.run=nothing", "b", "c"}, Channels: []isolate.Channel{answer}})
	if err != nil {
		return 0, err
	}
	defer i.Close()
	in, err := answer.Reader(i)
	if err != nil {
		return 0, err
	}
	if err := i.Wait(); err != nil {
		return 0, err
	}
	v, _ := in.Load()
	return v, nil
}

func main() {
	isolate.Main()
	v, err := run()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("the child says", v)
}
