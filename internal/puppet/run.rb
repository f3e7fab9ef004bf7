# Loaded into `puppet apply` before it starts: writes the report that Aiolos
# reads, and spares Puppet work that a single run has no use for.
aiolos_started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
ENV.delete('RUBYOPT') # for Puppet alone, not for what it starts

require 'json'
require 'puppet'
require 'puppet/reports'
require 'puppet/util/autoload'

# Puppet loads its plugins with Kernel.load and then appends their names to
# $LOADED_FEATURES by hand. Ruby before 3.3 answers every such change by resolving
# the path of each loaded file anew, which is a third of a whole run. With
# require, Ruby keeps these books itself. A plugin's second loading is Puppet's.
if RUBY_VERSION < '3.3' && Puppet::Util::Autoload.respond_to?(:mark_loaded)
  Puppet::Util::Autoload.singleton_class.prepend(Module.new do
    def load_file(name, env)
      name = name.to_s
      file = get_file(name, env)
      return super if file.nil? || loaded?(name)

      file = File.expand_path(file)
      loaded[cleanpath(name).chomp('.rb')] = [file, File.mtime(file)]
      begin
        require file
        true
      rescue SystemExit, NoMemoryError
        raise
      rescue Exception => e # as Puppet does: a plugin may raise anything
        message = "Could not autoload #{name}: #{e}"
        Puppet.log_exception(e, message)
        raise Puppet::Error, message, e.backtrace
      end
    end
  end)
end

# A built-in module reads the facts that it is given, and "os". Facter's two
# hundred others take as long as all of the module's resources. Puppet itself asks
# for single facts by name; the answer is the same throughout a run.
if ENV['AIOLOS_PUPPET_MODULE'].to_s != ''
  Puppet::FacterImpl.prepend(Module.new do
    def value(name)
      @values ||= {}
      @values.fetch(name.to_s) { |key| @values[key] = super(name) }
    end

    def to_hash
      given = ENV.filter_map { |k, v| [k[7..].downcase, v] if k.start_with?('FACTER_') }
      { 'os' => value('os') }.merge(given.to_h)
    end

    def resolve(_query)
      to_hash
    end
  end)
end

# The report, as JSON and small: Puppet's own YAML holds every unchanged resource.
Puppet::Reports.register_report(:aiolos) do
  define_method(:process) do
    # Puppet adds schedules of its own to every catalog.
    statuses = resource_statuses.values.reject { |s| s.resource_type == 'Schedule' && s.file.nil? }
    failed = statuses.select { |s| s.failed || s.failed_to_restart }
    failures = failed.first(50).map do |s|
      path = s.source_description.to_s
      said = s.events.select { |e| e.status == 'failure' }.map(&:message)
      said = logs.select { |l| l.level == :err && l.source.to_s.start_with?(path) }.map(&:message) if said.empty?
      # What a command itself said is logged apart from Puppet's message.
      said += logs.select { |l| l.level != :err && l.source.to_s == "#{path}/returns" }.map(&:message).last(20)
      { resource: s.resource, message: said.uniq.join("\n")[0, 4096], file: s.file.to_s, line: s.line.to_i }
    end
    changed = statuses.select(&:changed)
    report = {
      status: status.to_s,
      resources: statuses.length,
      changed: changed.length,
      failed: failed.length,
      skipped: statuses.count(&:skipped),
      out_of_sync: statuses.count(&:out_of_sync),
      seconds: (Process.clock_gettime(Process::CLOCK_MONOTONIC) - aiolos_started).round(3),
      # What a run without effect would change, with Puppet's words for it.
      drifted: statuses.reject { |s| s.failed || s.failed_to_restart }.filter_map do |s|
        said = s.events.select { |e| e.status == 'noop' }.map { |e| e.message.to_s.sub(/ \(noop\)\z/, '') }
        { resource: s.resource, message: said.uniq.join('; ')[0, 1024] } unless said.empty?
      end.first(100),
      changed_resources: changed.first(1000).map(&:resource),
      failures: failures
    }
    text = JSON.generate(report).scrub
    path = File.join(ENV.fetch('AIOLOS_JOB_DIR'), 'report')
    File.write("#{path}.part", text, perm: 0o600)
    File.rename("#{path}.part", path)
    # As an output it comes back with the job's end, and need not be asked for.
    File.write(ENV['AIOLOS_OUTPUT'], "report=#{text}\n", mode: 'a') if ENV['AIOLOS_OUTPUT'] && text.bytesize <= 32 * 1024
  end
end
