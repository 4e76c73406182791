// Package lint contains the project's rules as Go tests:
//
//   - imports and layers: the table and the picture in ARCHITECTURE.md;
//   - code: contracts on hot functions, where unsafe code, cgo, go:linkname and
//     benchmark peers may be, and no sleeping tests;
//   - size: files and exported names per package, and no compiled programs;
//   - names: testdata/names.txt lists names that were replaced, and what by;
//   - prose: testdata/prose.txt lists words that comments, documents and texts
//     do not use, and what to write instead;
//   - doc comments that begin with a name begin with that of what they document;
//   - links: every link of a document leads to a file or a heading, every link of
//     a comment to a declaration;
//   - errors: testdata/errors.golden lists every error text.
//
// The tests read the source files of every platform and need no build:
//
//	go test ./internal/lint
//	go test ./internal/lint -run ErrorTexts -update    # after a change of an error text
package lint
