package result

import (
	"encoding/json"
	"fmt"
	"io"
)

// JSON writes v, indented, and a line end.
func JSON(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

func writeJSON(w io.Writer, d *Document) error { return JSON(w, d.Data) }
