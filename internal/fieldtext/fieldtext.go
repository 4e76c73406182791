// Package fieldtext writes configurations and counts as text: the fields that are not
// zero, with their names.
package fieldtext

import (
	"fmt"
	"reflect"
	"strings"
)

// Of names the exported fields of the struct v that are not zero, with their
// values: "Period 1ms, CPU 1, Required". Without any it returns zero. A function, a
// channel or a pointer that has no text of its own is "given"; of bytes, and of lists
// longer than 8, only the number is written.
//
// The String method of v's own type may call it.
func Of(v any, zero string) string {
	if text := fields(reflect.ValueOf(v), maxDepth); text != "" {
		return text
	}
	return zero
}

const (
	// maxDepth is how deep structs in structs are written out.
	maxDepth = 3
	// maxList is the longest list that is written out.
	maxList = 8
)

func fields(v reflect.Value, depth int) string {
	var parts []string
	t := v.Type()
	for i := range t.NumField() {
		f, value := t.Field(i), v.Field(i)
		if !f.IsExported() || value.IsZero() {
			continue
		}
		if f.Anonymous && value.Kind() == reflect.Struct {
			if text := fields(value, depth); text != "" {
				parts = append(parts, text)
			}
			continue
		}
		text := text(value, depth)
		if text == "" {
			continue
		}
		if value.Kind() == reflect.Bool {
			parts = append(parts, f.Name)
			continue
		}
		parts = append(parts, f.Name+" "+text)
	}
	return strings.Join(parts, ", ")
}

// text is a value that is not zero, as one of a list of fields.
func text(v reflect.Value, depth int) string {
	switch x := v.Interface().(type) {
	case error:
		return x.Error()
	case fmt.Stringer:
		return x.String()
	}
	switch v.Kind() {
	case reflect.Struct:
		if depth == 1 {
			return "given"
		}
		inner := fields(v, depth-1)
		if inner == "" {
			return ""
		}
		return "(" + inner + ")"
	case reflect.Slice, reflect.Array:
		return list(v, depth)
	case reflect.Map:
		return fmt.Sprintf("of %d", v.Len())
	case reflect.Func, reflect.Chan, reflect.Pointer, reflect.Interface, reflect.UnsafePointer:
		return "given"
	case reflect.String:
		return fmt.Sprintf("%q", v.String())
	}
	return fmt.Sprint(v.Interface())
}

func list(v reflect.Value, depth int) string {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return fmt.Sprintf("of %d bytes", v.Len())
	}
	if v.Len() > maxList {
		return fmt.Sprintf("of %d", v.Len())
	}
	var parts []string
	for i := range v.Len() {
		parts = append(parts, text(v.Index(i), depth))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
