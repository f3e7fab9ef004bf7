package chaos

func links() []scenario        { return nil }
func machines() []scenario     { return nil }
func gluster() []scenario      { return nil }
func engineFaults() []scenario { return nil }
func signals() []scenario      { return nil }
func ends() []scenario         { return nil }
