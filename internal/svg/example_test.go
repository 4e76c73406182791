package svg_test

import (
	"fmt"
	"os"

	"gonum.org/v1/plot/vg"

	"github.com/memkit-go/memkit/internal/svg"
)

func Example() {
	c := svg.New(100, 50)
	c.SetColor(svg.Style{Class: "grid"})
	c.Stroke(vg.Path{
		{Type: vg.MoveComp, Pos: vg.Point{X: 0, Y: 10}},
		{Type: vg.LineComp, Pos: vg.Point{X: 100, Y: 10}},
	})
	fmt.Println(`<svg viewBox="0 0 100 50"><style>.grid { stroke: silver }</style>`)
	_, _ = c.WriteTo(os.Stdout)
	fmt.Println(`</svg>`)
	// Output:
	// <svg viewBox="0 0 100 50"><style>.grid { stroke: silver }</style>
	// <path class="grid" d="M0 40H100"/>
	// </svg>
}
