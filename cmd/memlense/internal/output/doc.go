// Package output prints reports of memlense: for a terminal, as JSON, as SARIF 2.1.0,
// and as annotations of GitHub.
package output
