//! Every decision, pure: what a message says, who the person is, who must know, may they look.
