package rtlog

// The compiler inlines Push and Pop of package ring in a program only if the first
// of the imports that mention the functions of internal/atomics holds their bodies.
// A package holds those of the packages that it imports itself.
import _ "github.com/memkit-go/memkit/internal/atomics"
