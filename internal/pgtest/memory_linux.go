package pgtest

import "syscall"

const memory = "/dev/shm"

// roomInMemory tells whether the file system in memory has room for a server.
// Making and dropping a database is making and deleting hundreds of files:
// there it takes a tenth of the time. In a container it is often tiny.
func roomInMemory() bool {
	var fs syscall.Statfs_t
	err := syscall.Statfs(memory, &fs)
	return err == nil && fs.Bavail*uint64(fs.Bsize) >= 2<<30
}
