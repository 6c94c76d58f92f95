// Package counts tells the numbers that everybody may know of rows which only some
// may see: how many members a community has, how many people like a post.
//
//	likes, err := counts.PostLikes(ctx, client, ids...)
//
// Each function takes the ids of rows and returns what is counted of those that the
// viewer in the context sees; what they don't see is not in the map, as if it
// weren't there. What nothing is found for is in it with zero. Nothing of the rows
// that are counted is told but their number.
//
// However many ids there are, it takes two statements: one asks as the viewer, one
// counts as the system, whose reason is "public counts". Errors are those of the
// client, [viewer.ErrNoViewer] among them.
package counts
