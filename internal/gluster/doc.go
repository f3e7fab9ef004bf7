// Package gluster does on nodes what is done with the gluster command: it makes
// trusted pools and volumes, and proves that a volume can be used.
//
// Everything looks first and changes only what differs. Of gluster's answers
// only the XML is read (gluster --mode=script --xml), never its prose; prose is
// kept as evidence. Nothing here retries a change: errors tell by Temporary
// whether trying again may help.
package gluster
