internal import ArgumentParser

struct CatalogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "The user's files of orbital elements.",
        subcommands: [CatalogUpdateCommand.self])
}
