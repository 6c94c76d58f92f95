package invariant

// goRules are kept by Go alone.
var goRules = []*Rule{}
